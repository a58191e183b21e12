"""What the tests of deploy may ask for."""

from tests.fixtures import a_stack_of_their_own

stack = a_stack_of_their_own()
