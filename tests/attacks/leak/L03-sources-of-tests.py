# id: L03
# technique: linecache, loaders, code constants and source files of all modules are read
# must not: the source of a hidden check is found
# stops: no check is imported in the session; its file cannot be read
# layers: none
# twin: leak/L01-locals-of-callers

# %%
import inspect, linecache, sys
mark, texts = "z" + "q", []
for lines in linecache.cache.values():
    texts += [line for line in (lines[2] if len(lines) > 2 else ()) if mark in line]
for module in list(sys.modules.values()):
    name = getattr(module, "__name__", "")
    if "test_" in name or "@SLUG@" in name or "solution" in name:
        texts.append(inspect.getsource(module))
if texts:
    raise RuntimeError("".join(texts)[:1500])
