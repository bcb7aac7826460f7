# id: M07
# technique: versions, cells, sources, metadata and outputs missing or of another type
# must not: an unforeseen exception
# stops: every field is looked at for its exact type
# layers: none
# form: make

import json

BOOKS = (
    {"nbformat": 99, "cells": []}, {"nbformat": "4", "cells": [{"cell_type": "code", "source": "1"}]}, {"cells": []}, {"nbformat": 4},
    {"nbformat": 4, "cells": {}}, {"nbformat": 4, "cells": [None]}, {"nbformat": 4, "cells": [[1]]}, {"nbformat": 4, "cells": "x"},
    {"nbformat": 4, "cells": [{"cell_type": "code", "source": 5}]}, {"nbformat": 4, "cells": [{"cell_type": "code", "source": [["x"]]}]},
    {"nbformat": 4, "cells": [{"cell_type": 3, "source": "x"}]}, {"nbformat": 4, "cells": [{"source": "x"}]}, {"nbformat": 3, "worksheets": 7},
    {"nbformat": 4, "metadata": None, "cells": [{"cell_type": "code", "source": None, "metadata": 3, "outputs": 7}]},
    {"nbformat": -1, "cells": []}, {"nbformat": True, "cells": []}, {"nbformat": 4.5, "cells": []}, {"nbformat": 3, "worksheets": [{"cells": 1}]},
)


def make(folder, good, marks):
    for number, book in enumerate(BOOKS):
        (folder / f"book{number}.ipynb").write_text(json.dumps(book))
    (folder / "honest.py").write_text(good)
