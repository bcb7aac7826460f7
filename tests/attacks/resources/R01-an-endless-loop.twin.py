# id: R01
# technique: long loops that end

# %%
total = 0
while total < 200_000:
    total += 1
