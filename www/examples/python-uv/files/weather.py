from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def weather(request: Request) -> JSONResponse:
    return JSONResponse({"place": request.path_params["place"], "sky": "blue"})


app = Starlette(routes=[Route("/{place}", weather)])
