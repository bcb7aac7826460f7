# id: F32
# technique: run_cell, input transformers, events and the display hook of IPython replaced; a number is displayed
# must not: what follows is not run, or the number is read as points
# stops: no check is a cell; nothing displayed is read
# layers: none
# twin: score/F31-tracebacks-hidden-in-ipython

# %%
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["pass\n"])
shell.events.register("post_run_cell", lambda result: setattr(result, "error_in_exec", None))
shell.displayhook = lambda value: None
10
# %%
shell.run_cell = lambda *a, **k: None
10
