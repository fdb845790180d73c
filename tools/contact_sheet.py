"""Puts the photographs of shots/ on contact sheets, a few to look at instead of hundreds.

Run by `make sheet`; also by hand, with the folder, on photographs that are there already.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

COLUMNS = {"phone": 7, "desk": 4}
WIDE, ROWS, GAP, CAPTION = 2000, 3, 16, 18
CUT = {"phone": 680, "desk": 640}
"""How much of a long page is on the sheet, in its pixels."""


def main() -> None:
    """Every sheet of the folder; their names are printed."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "shots")
    for device in COLUMNS:
        for scheme in ("light", "dark"):
            for sheet in lay_out(folder, device, scheme):
                print(sheet)


def lay_out(folder: Path, device: str, scheme: str) -> Iterator[Path]:
    """Every page of one width and one theme, in the order of its names."""
    columns, height = COLUMNS[device], CUT[device] + CAPTION + GAP
    shots = sorted(folder.glob(f"*-{device}-{scheme}.png"))
    per_sheet = columns * ROWS
    for begin in range(0, len(shots), per_sheet):
        sheet = Image.new("RGB", (WIDE, ROWS * height + GAP), "#8a8f92")
        for place, shot in enumerate(shots[begin : begin + per_sheet]):
            column, row = place % columns, place // columns
            width = (WIDE - GAP) // columns
            put(sheet, shot, device, (GAP + column * width, GAP + row * height), width - GAP)
        path = folder / f"sheet-{device}-{scheme}-{begin // per_sheet + 1}.png"
        sheet.save(path)
        yield path


def put(sheet: Image.Image, shot: Path, device: str, at: tuple[int, int], width: int) -> None:
    """One photograph with its name above, from its top to where it is cut."""
    left, top = at
    name = shot.name.rsplit("-", 2)[0]
    ImageDraw.Draw(sheet).text((left, top), name, fill="#000000", font_size=14)
    with Image.open(shot) as page:
        scale = width / page.width
        part = page.convert("RGB").crop(
            (0, 0, page.width, min(page.height, int(CUT[device] / scale)))
        )
        small = part.resize((width, max(1, int(part.height * scale))), Image.Resampling.LANCZOS)
    sheet.paste(small, (left, top + CAPTION))


if __name__ == "__main__":
    main()
