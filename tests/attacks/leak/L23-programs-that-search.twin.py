# id: L23
# technique: shell commands and magics that notebooks use

# %%
names = !ls data
assert list(names) == ["numbers.csv"]
# %%
%%bash
echo hello | grep -c hello
# %%
%ls
%pwd
