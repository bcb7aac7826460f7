# id: R33
# technique: a text of many lines inside

# %%
text = "\n".join(f"line {number}" for number in range(20_000))
assert len(text.splitlines()) == 20_000
