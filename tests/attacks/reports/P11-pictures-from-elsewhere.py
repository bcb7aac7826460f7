# id: P11
# technique: displays of HTML, Markdown, SVG, JavaScript and remote images, and mime bundles of one's own
# must not: a page asks another machine for something
# stops: figures leave as pixels; nothing else that is displayed does
# layers: none

# %%
class Page:
    def _repr_html_(self): return "<img src='http://127.0.0.1/@MARK@.png'><script>@MARK@</script>"
    def _repr_mimebundle_(self, **k): return {"text/html": self._repr_html_(), "image/svg+xml": "<svg onload='@MARK@'/>", "application/javascript": "@MARK@"}
display(Page())
from IPython.display import HTML, Javascript, Image
display(HTML("<script>@MARK@</script>"), Javascript("@MARK@"), Image(url="http://127.0.0.1/@MARK@.png"))
Page()
