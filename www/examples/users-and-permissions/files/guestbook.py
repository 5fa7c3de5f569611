from datetime import datetime
from pathlib import Path
from time import sleep

book = Path("/data/book.txt")

while True:
    with book.open("a") as file:
        file.write(f"{datetime.now():%F %T}\n")
    print(len(book.read_text().splitlines()), "entries")
    sleep(60)
