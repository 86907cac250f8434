"""`manage.py deadline < cases.jsonl`: by when must I answer?"""

from policy import calculators
from policy.management.calculator import CalculatorCommand


class Command(CalculatorCommand):
    help = "Answer cases (JSON Lines on standard input) with the day on which an answer is due."
    answer = staticmethod(calculators.deadline)
