# id: L10
# technique: hidden inputs go to print, standard error, descriptors, warnings, logging, display and the terminal
# must not: the student reads them
# stops: what is written during checks is dropped
# layers: none

# %%
import logging, os, sys, warnings
def tell(words):
    text = repr(words)
    print(text); print(text, file=sys.stderr); os.write(1, text.encode()); os.write(2, text.encode())
    warnings.warn(text); logging.error(text); display(text)
    get_ipython().system(f"echo {words[1]}")
    try:
        open("/dev/tty", "w").write(text)
    except OSError:
        pass
_label = label
def label(words):
    tell(words)
    return _label(words)[:-1]
