# id: F31
# technique: shell features that notebooks use

# %%
%matplotlib inline
%config InlineBackend.figure_format = "retina"
shell = get_ipython()
shell.run_line_magic("xmode", "Plain")
%timeit -n 1 -r 1 softmax(np.zeros((2, 2)))
