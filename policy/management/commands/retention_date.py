"""`manage.py retention_date < cases.jsonl`: when must this go?"""

from policy import calculators
from policy.management.calculator import CalculatorCommand


class Command(CalculatorCommand):
    help = "Answer cases (JSON Lines on standard input) with the day from which data must go."
    answer = staticmethod(calculators.retention_date)
