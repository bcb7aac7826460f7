# id: F33
# technique: source parsed and compiled by the notebook itself

# %%
import ast
tree = ast.parse("def double(x):\n    assert x is not None\n    return 2 * x")
exec(compile(tree, "<made>", "exec"))
assert double(4) == 8
