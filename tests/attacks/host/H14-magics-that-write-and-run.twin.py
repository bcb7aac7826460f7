# id: H14
# technique: magics on files of one's own

# %%
%%writefile mine.py
value = 3
# %%
%run mine.py
assert value == 3
# %%
%%time
x = softmax(np.zeros((2, 2)))
