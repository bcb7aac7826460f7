# id: P01
# technique: script, img onerror, svg onload, iframe, style and javascript: in errors, types and sources
# must not: a page has a tag or handler of the student's
# stops: templates escape; a policy allows no foreign script
# layers: none

# %%
raise ValueError("<script>document.title='@MARK@'</script><img src=x onerror=alert('@MARK@')><svg onload=alert(1)>")
# %%
x = 1 / 0  # </code></pre><script>alert("@MARK@")</script>
# %%
raise type("<b onmouseover=alert('@MARK@')>", (Exception,), {})("]]></script><iframe srcdoc='<script>@MARK@</script>'>")
# %%
raise KeyError('" autofocus onfocus="alert(@MARK@)" x="')
