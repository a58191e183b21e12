"""What can be asked about two files that are one customer's."""

from shared.fields import Body, Id


class MergeCustomer(Body):
    """Give a file up in favour of another."""

    into_customer_id: Id
