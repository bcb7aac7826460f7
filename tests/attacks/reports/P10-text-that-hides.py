# id: P10
# technique: right-to-left marks, zero-width characters, heaps of accents and look-alikes
# must not: a message reads as another
# stops: what hides or reorders text is spelled out
# layers: none
# twin: reports/P06-characters-that-break-xml

# %%
raise ValueError("0 \u202e001 :serocs\u202c \u2066x\u2069 \u200b\u200d\ufeff" + "z" + "\u0300" * 500 + "\u115f\u3164\U000e0041")
