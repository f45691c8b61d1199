"""Invented people of the demo center."""

FIRST_NAMES = (
    "Amara Ben Carla Daniel Elena Farid Grace Hugo Ines Jonas Kavya Liam Maya Noah Olivia "
    "Pablo Quinn Rosa Samir Tessa Uma Victor Wanda Xavier Yara Zoe Adrian Bianca Cedric Dina "
    "Emil Freya Gavin Hana Ivan Julia Kofi Lena Marco Nadia Oscar Petra Rafael Sofia Tomas "
    "Vera Wesley Yusuf"
).split()
LAST_NAMES = (
    "Abbott Becker Castillo Dupont Eriksen Fischer Garcia Hoffman Ibrahim Jensen Kowalski "
    "Lopez Moreau Nakamura Okafor Patel Quintero Rossi Schmidt Tanaka Ueda Vasquez Weber Xu "
    "Young Zielinski Andersson Bauer Costa Duarte Ellis Fontaine Grant Herrera Ivanov Jimenez "
    "Keller Larsen Mendes Novak Olsen Pereira Reyes Silva Torres Urban Vogel Walker"
).split()


def full_name(number: int) -> str:
    """The name of person `number`; the first 2,304 are all different."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[(number // len(FIRST_NAMES) + number * 7) % len(LAST_NAMES)]
    return f"{first} {last}"
