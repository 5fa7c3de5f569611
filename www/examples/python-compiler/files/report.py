import os
import time

import psycopg

address = os.environ.get("DATABASE_URL", "postgresql://postgres@db/postgres")

while True:
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables").fetchone()
            print(f"{tables[0]} tables")
    except psycopg.OperationalError as error:
        print(error)
    time.sleep(60)
