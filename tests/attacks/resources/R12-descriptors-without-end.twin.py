# id: R12
# technique: a hundred open files

# %%
held = [open("/dev/null") for _ in range(100)]
for file in held:
    file.close()
