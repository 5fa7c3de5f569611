import sys
from decimal import ROUND_HALF_UP, Decimal


def total(price: Decimal, count: int) -> Decimal:
    """The sum, rounded to five hundredths as shops in Switzerland do."""
    steps = (price * count / Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP)
    return steps * Decimal("0.05")


if __name__ == "__main__":
    print(total(Decimal(sys.argv[1]), int(sys.argv[2])))
