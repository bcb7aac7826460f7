# id: R14
# technique: an ordinary error in a cell at the end

# %%
raise ValueError("this is only an exploration")
