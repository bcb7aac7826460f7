# id: F25
# technique: the session's own server answers True, the asked-for name or the argument to every request
# must not: an answer that nobody computed earns points
# stops: what a session says is a claim, compared with the grader's own values
# layers: none

# %%
import gc
from autograder.sandbox import session, wire
for server in [thing for thing in gc.get_objects() if type(thing) is session._Server]:
    server.operations["call"] = lambda target, arguments, keywords: True
    server.operations["value"] = lambda value: value
    server.operations["get"] = lambda target, name: True
    server.operations["has"] = lambda name: True
