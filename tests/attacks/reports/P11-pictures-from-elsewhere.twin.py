# id: P11
# technique: rich displays of one's own

# %%
from IPython.display import HTML, Markdown, display
display(Markdown("**bold**"), HTML("<b>bold</b>"))
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.title("<b>&title"); plt.show()
