# id: F31
# technique: IPython's showtraceback and exception handlers do nothing
# must not: failing asserts leave no trace, which is read as success
# stops: no check is a cell
# layers: none

# %%
shell = get_ipython()
shell.showtraceback = shell.showsyntaxerror = shell._showtraceback = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
