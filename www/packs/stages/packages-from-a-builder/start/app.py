import flask

print("flask", flask.__name__)
