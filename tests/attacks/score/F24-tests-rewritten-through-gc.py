# id: F24
# technique: every function named test_* found by the collector gets other code; so do operations of the session
# must not: tests do nothing
# stops: no test is in the process
# layers: none
# twin: score/F23-tracing-hooks

# %%
import gc, types
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__.startswith(("test_", "assert_", "judge")):
        try:
            thing.__code__ = (lambda *a, **k: None).__code__
        except ValueError:
            pass
