import flask

app = flask.Flask(__name__)


@app.route("/")
def hello():
    return "hello"


app.run(host="0.0.0.0", port=8080)
