from bottle import Bottle
from waitress import serve

app = Bottle()


@app.get("/")
def index() -> str:
    return "No shell in here.\n"


serve(app, listen="0.0.0.0:8080")
