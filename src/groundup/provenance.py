"""What a reader must know to judge the figures of a run: machine, seed, and the engines that trained.

The library says in its log which seed is set and which engine takes the steps of a training. `Provenance` listens.
"""

import logging


class Provenance(logging.Handler):
    """Listens to the library from the moment it is made; called, it gives what it heard, and the machine.

    Nothing of the library is imported before the call: it may be made before the run has imported anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seed: int | None = None
        self.engines: set[str] = set()
        library = logging.getLogger("groundup")
        library.addHandler(self)
        library.setLevel(logging.INFO)
        library.propagate = False  # see `emit`

    def emit(self, record: logging.LogRecord) -> None:
        said = vars(record)
        if "seed" in said:
            self.seed = said["seed"]
        if "engine" in said:
            refused = said.get("refused")
            self.engines.add(f"{said['engine']} ({refused})" if refused else said["engine"])
        # whoever asked for the log of all libraries gets what he would get without this handler
        everything = logging.getLogger()
        if record.levelno >= everything.level:
            everything.handle(record)

    def __call__(self) -> dict[str, str]:
        """`device`, `threads` and version of `torch`; `seed` and `engines`, if the run has set one and trained.

        The seed is the last one that `reproducible` set, whatever the run has seeded anew since.
        """
        from groundup.repro import machine

        found = machine()
        if self.seed is not None:
            found["seed"] = str(self.seed)
        if self.engines:
            found["engines"] = ", ".join(sorted(self.engines))
        return found
