"""What a reader must know to judge the figures of a run: machine, seed, and engines.

The library says in its log which seed is set and which engine takes the steps of a training.
`Provenance` listens.
"""

import hashlib
import logging
import sys


class Provenance(logging.Handler):
    """Listens to the library from the moment it is made; called, it gives what it heard.

    It adds the machine. Nothing of the library is imported before the call: it may be made before
    the run has imported anything.
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
            engine = said["engine"]
            refused = said.get("refused")
            if refused:
                engine = f"{engine} ({refused})"
            self.engines.add(engine)
        # a log of all libraries shows what it would show without this handler
        everything = logging.getLogger()
        if record.levelno >= everything.level:
            everything.handle(record)

    def __call__(self) -> dict[str, str]:
        """`device`, `threads` and version of `torch`.

        Also `seed`, if the run has set one, and `engines`, if it has trained. The seed is the last
        one that `reproducible` set, whatever the run has seeded anew since.
        """
        from groundup.repro import machine

        found = machine()
        if self.seed is not None:
            found["seed"] = str(self.seed)
        if self.engines:
            found["engines"] = ", ".join(sorted(self.engines))
        return found

    def state(self) -> str:
        """The state of PyTorch's random generators, as a hash: it differs once a number was drawn.

        PyTorch is not imported for it: "" as long as the run has not done so.
        """
        torch = sys.modules.get("torch")
        if torch is None:
            return ""
        states = [torch.get_rng_state()]
        # asking before the first use would start CUDA
        if torch.cuda.is_initialized():
            states += torch.cuda.get_rng_state_all()
        joined = hashlib.sha256()
        for state in states:
            joined.update(state.numpy().tobytes())
        return joined.hexdigest()
