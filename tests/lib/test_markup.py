"""Formatted text becomes the HTML it asks for, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.markup import to_html

DEEP = "<h2>Title</h2>\n<h3>Deep</h3>\n<h3>Next</h3>\n<h2>Last</h2>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\ntwo", "<p>One<br>two</p>"),
        ("# Title\nText", "<h2>Title</h2>\n<p>Text</p>"),
        ("## Title\n#### Deep\n### Next\n## Last", DEEP),
        ("- a\n- b\n  more", "<ul><li>a</li><li>b\nmore</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> said", "<blockquote><p>said</p></blockquote>"),
        ("**bold** and *soft*", "<p><strong>bold</strong> and <em>soft</em></p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("[a](https://b.example)", '<p><a href="https://b.example" rel="noopener">a</a></p>'),
        ("![a](/files/1/)", '<p><img src="/files/1/" alt="a"></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("![a](https://b.example/x.png)", "<p>![a](https://b.example/x.png)</p>"),
        ("![a](//b.example/x.png)", "<p>![a](//b.example/x.png)</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("", ""),
    ],
)
def test_text_becomes_html(text, html):
    assert to_html(text) == html


@given(st.text(alphabet="ab<>\"'&*`[]()!/#->\n \x02\x03" + "0", max_size=80))
def test_no_tag_is_smuggled_in(text):
    from html.parser import HTMLParser

    found = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.add(tag)
            assert {name for name, _ in attrs} <= {"href", "rel", "src", "alt"}

    Reader().feed(to_html(text))

    allowed = "p br h2 h3 h4 h5 h6 ul ol li blockquote strong em code a img"
    assert found <= set(allowed.split())
