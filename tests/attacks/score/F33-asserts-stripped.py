# id: F33
# technique: a seven-line AST transformer that takes every assert out of later cells
# must not: checks without asserts pass
# stops: no check is a cell
# layers: none

# %%
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Strip())
