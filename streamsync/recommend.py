"""`streamsync recommend`: learn from what viewers watched."""

from typing import Annotated

import typer

from manifest_server.admin.recommend import learn
from storage import stores
from storage.settings import load
from streamsync.progress import line
from streamsync.session import Json, err, out, print_json, with_catalogue


def recommend(
    channel: Annotated[str, typer.Argument(help="The channel.", show_default=False)], json: Json = False
) -> None:
    """Learn which assets the same viewers watch, from all profiles' histories; prints a scorer for `plan`.

    Needs the extra: pip install 'streamsync[recommend]'. What is learned is kept as numbers in the object store.

    Examples:

        streamsync recommend main

        streamsync plan main --scorer "$(streamsync recommend main)"
    """
    settings = load()
    objects = stores.objects(settings)
    with line("learning"):
        learned = with_catalogue(settings, lambda catalogue: learn(catalogue, objects, channel))
    if json:
        print_json(learned._asdict())
    else:
        err.print(f"learned from {learned.viewers} viewers of {learned.assets} assets")
        out.print(learned.scorer, markup=False)
