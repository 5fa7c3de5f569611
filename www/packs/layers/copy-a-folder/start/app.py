import configparser
import pathlib

here = pathlib.Path(__file__).parent
config = configparser.ConfigParser()
config.read_string((here / "settings" / "default.ini").read_text())
print("port", config["server"]["port"])
