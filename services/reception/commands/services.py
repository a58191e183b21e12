"""What can be asked about work that no job of the house carries out."""

from shared.fields import Body, Fen, ShortText


class CompleteService(Body):
    """The other firm is done, or the paper is there."""

    document_no: ShortText
    """Number of the firm's invoice, or of the policy, certificate, contract."""
    cost_fen: Fen | None = None
    """What the firm asked in the end, where it is not what was expected; of sublet work only."""
    commission_fen: Fen | None = None
    """What the third party pays in the end, where it is not what was expected; of agency services only."""
