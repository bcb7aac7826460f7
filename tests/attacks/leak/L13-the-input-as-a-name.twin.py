# id: L13
# technique: exceptions and functions made at run time

# %%
Stop = type("Stop", (Exception,), {})
space = {}
exec(compile("def made(words):\n    raise Stop(words)\n", "<made>", "exec"), {"Stop": Stop}, space)
_label = label
def label(words):
    try:
        space["made"](words)
    except Stop as stop:
        return _label(stop.args[0])
