# id: R34
# technique: a table of squares

# %%
squares = {number: number**2 for number in range(5000)}
assert squares[70] == 4900
