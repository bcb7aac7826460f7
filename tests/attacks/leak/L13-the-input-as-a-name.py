# id: L13
# technique: hidden inputs become names: of exception classes, functions, files in tracebacks, cells and lines
# must not: the student reads them
# stops: only names of Python's own exceptions, and lines looked up in the submission, are shown
# layers: none

# %%
def label(words):
    kind = type(words[1], (Exception,), {"__module__": words[1], "__qualname__": words[1]})
    code = compile(f"def {words[1]}(kind):\n    raise kind('x')\n", f"<cell {words[1]}>", "exec")
    space = {}
    exec(code, space)
    space[words[1]](kind)
