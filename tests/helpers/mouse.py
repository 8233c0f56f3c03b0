"""Drawing as a reader does it."""


def stroke(sheet, *points: tuple[float, float]) -> None:
    """Draw on the canvas ``sheet`` with the mouse, from point to point; points are in [0, 1]."""
    mouse = sheet.page.mouse
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=8)
    mouse.up()
