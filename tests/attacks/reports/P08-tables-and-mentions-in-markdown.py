# id: P08
# technique: pipes, line ends, backticks, headings, mentions and images in messages
# must not: a Markdown table gains a row, a link or a picture
# stops: every character with a meaning is escaped
# layers: none
# twin: reports/P01-markup-in-errors

# %%
raise ValueError("| a | b |\n|---|---|\n| 10 | 10 |\n\n# Heading @everyone #1 ![x](http://127.0.0.1/@MARK@.png) `code` <details>")
