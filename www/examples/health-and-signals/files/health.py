import sys
from urllib.error import URLError
from urllib.request import urlopen

try:
    sys.exit(urlopen("http://127.0.0.1:8080/healthz", timeout=2).status != 200)
except URLError:
    sys.exit(1)
