# id: M09
# technique: tabs, blank cells and comments that look like cell marks
# form: make


def make(folder, good, marks):
    odd = "# %%\n\n# %% [markdown]\n# text\n\n# %%\ndef tabbed():\n\tx = '# %%'\n\treturn x\n"
    (folder / "honest.py").write_text(odd + good)
