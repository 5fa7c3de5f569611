import unittest
from decimal import Decimal

from prices import total


class Total(unittest.TestCase):
    def test_is_rounded_to_five_hundredths(self) -> None:
        self.assertEqual(total(Decimal("0.99"), 1), Decimal("1.00"))
        self.assertEqual(total(Decimal("0.97"), 1), Decimal("0.95"))

    def test_counts(self) -> None:
        self.assertEqual(total(Decimal("19.90"), 5), Decimal("99.50"))
