"""What is cited: the paper whose statements are proved, and prior work, each with the places where it is used.

The one place of these facts; what is printed of them (:mod:`phase_latency.citing`) is made from here.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["article", "book", "inproceedings", "misc"]


@dataclass(frozen=True)
class Reference:
    """A work.

    Attributes:
        key: by which a document cites it.
        kind: of BibTeX's entries.
        authors: family name and given names or initials of each; a group has no given names.
        year: of publication.
        title: without a full stop.
        where: journal, proceedings or publisher; empty if there is none.
        volume: of the journal, with the number in parentheses if there is one.
        pages: first and last, or the number of the article.
        doi: without a prefix.
        arxiv: identifier on arXiv.
        used: where the project uses it, in words.
        called: how the modules that use it call it.
    """

    key: str
    kind: Kind
    authors: tuple[tuple[str, str], ...]
    year: int
    title: str
    where: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    arxiv: str = ""
    used: str = ""
    called: str = ""

    @property
    def url(self) -> str:
        """Where it can be found; empty if it has neither a DOI nor an arXiv identifier."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""


PAPER = Reference(
    "bose2026",
    "misc",
    (("Bose", ""),),
    2026,
    "Spiking Sequence Machines and Transformers",
    arxiv="2605.00662",
    used="the Phase-Latency Isomorphism and Lemma 1, which groups A to E of the ledger prove, bound or refute",
    called="arXiv:2605.00662",
)

PRIOR_WORK = (
    Reference(
        "ba2016",
        "misc",
        (("Ba", "J. L."), ("Kiros", "J. R."), ("Hinton", "G. E.")),
        2016,
        "Layer Normalization",
        arxiv="1607.06450",
        used="definition of LayerNorm in lemma-1-normalised",
        called="Ba et al. 2016",
    ),
    Reference(
        "blanchard2021",
        "article",
        (("Blanchard", "P."), ("Higham", "D. J."), ("Higham", "N. J.")),
        2021,
        "Accurately computing the log-sum-exp and softmax functions",
        "IMA Journal of Numerical Analysis",
        "41(4)",
        "2311-2330",
        doi="10.1093/imanum/draa038",
        used="section 4, for the rounding bound of softmax",
        called="Blanchard, Higham and Higham",
    ),
    Reference(
        "bricken2021",
        "inproceedings",
        (("Bricken", "T."), ("Pehlevan", "C.")),
        2021,
        "Attention Approximates Sparse Distributed Memory",
        "Advances in Neural Information Processing Systems 34",
        arxiv="2111.05498",
        used="retrieval from a sparse distributed memory, as retrieval-limit bounds it for softmax",
        called="Bricken and Pehlevan 2021",
    ),
    Reference(
        "chen2023",
        "misc",
        (("Chen", "S."), ("Wong", "S."), ("Chen", "L."), ("Tian", "Y.")),
        2023,
        "Extending Context Window of Large Language Models via Positional Interpolation",
        arxiv="2306.15595",
        used="frequency compression is position interpolation: group D",
        called="Chen et al. 2023",
    ),
    Reference(
        "cohen2023",
        "misc",
        (("Cohen", "S. N."), ("Fausti", "E.")),
        2023,
        "Hyperbolic contractivity and the Hilbert metric on probability measures",
        arxiv="2309.02413",
        used="the sharp constant of softmax-perturbation",
        called="Cohen and Fausti 2023",
    ),
    Reference(
        "crandall1980",
        "article",
        (("Crandall", "M. G."), ("Tartar", "L.")),
        1980,
        "Some relations between nonexpansive and order preserving mappings",
        "Proceedings of the American Mathematical Society",
        "78(3)",
        "385-390",
        doi="10.1090/S0002-9939-1980-0553381-X",
        used="why latencies without inhibition do not expand: nlif-nonexpansive",
        called="Crandall and Tartar 1980",
    ),
    Reference(
        "dekker1971",
        "article",
        (("Dekker", "T. J."),),
        1971,
        "A floating-point technique for extending the available precision",
        "Numerische Mathematik",
        "18(3)",
        "224-242",
        doi="10.1007/BF01397083",
        used="products with their rounding errors, in compensated sums",
        called="Dekker, Numerische Mathematik 18",
    ),
    Reference(
        "demmel2012",
        "article",
        (("Demmel", "J."), ("Grigori", "L."), ("Hoemmen", "M."), ("Langou", "J.")),
        2012,
        "Communication-optimal parallel and sequential QR and LU factorizations",
        "SIAM Journal on Scientific Computing",
        "34(1)",
        "A206-A239",
        doi="10.1137/080731992",
        used="triangular factors of tall tables, block by block",
        called="Demmel",
    ),
    Reference(
        "devlin2019",
        "inproceedings",
        (("Devlin", "J."), ("Chang", "M.-W."), ("Lee", "K."), ("Toutanova", "K.")),
        2019,
        "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
        "Proceedings of NAACL-HLT 2019",
        pages="4171-4186",
        doi="10.18653/v1/N19-1423",
        used="the attention layer in which trained positional tables are measured",
        called="Devlin et al.",
    ),
    Reference(
        "dold2025",
        "misc",
        (("Dold", "D."), ("Petersen", "P. C.")),
        2025,
        "Causal pieces: analysing and improving spiking neural networks piece by piece",
        arxiv="2504.14015",
        used="the Lipschitz bound of nlif-published-bound, and its product over layers against nlif-weights-add",
        called="Dold and Petersen 2025",
    ),
    Reference(
        "furber2007",
        "article",
        (
            ("Furber", "S. B."),
            ("Brown", "G."),
            ("Bose", "J."),
            ("Cumpstey", "J. M."),
            ("Marshall", "P."),
            ("Shapiro", "J. L."),
        ),
        2007,
        "Sparse Distributed Memory Using Rank-Order Neural Codes",
        "IEEE Transactions on Neural Networks",
        "18(3)",
        "648-659",
        doi="10.1109/TNN.2006.890804",
        used="rank-ordered codes and the memory of the sequence machine: rank-code, storage-join, wheel-latency",
        called="Furber et al. 2007",
    ),
    Reference(
        "guo2026",
        "misc",
        (("Guo", "D."), ("Wu", "J."), ("Yiu", "S. M.")),
        2026,
        "Closing the Theory-Practice Gap in Spiking Transformers via Effective Dimension",
        arxiv="2604.15769",
        used="the lower bound on spikes, with the hypotheses that it needs: spike-count-lower-bound",
        called="Guo, Wu and Yiu 2026",
    ),
    Reference(
        "higham2002",
        "book",
        (("Higham", "N. J."),),
        2002,
        "Accuracy and Stability of Numerical Algorithms, 2nd edition",
        "SIAM",
        doi="10.1137/1.9780898718027",
        used="chapters 2 and 3, sections 4.3 and 24: the rounding bounds of every measurement",
        called="Higham, *Accuracy and",
    ),
    Reference(
        "knuth1997",
        "book",
        (("Knuth", "D. E."),),
        1997,
        "The Art of Computer Programming, volume 2: Seminumerical Algorithms, 3rd edition",
        "Addison-Wesley",
        used="section 4.2.2: sums with their rounding errors",
        called="Knuth, TAOCP volume 2",
    ),
    Reference(
        "mostafa2018",
        "article",
        (("Mostafa", "H."),),
        2018,
        "Supervised Learning Based on Temporal Coding in Spiking Neural Networks",
        "IEEE Transactions on Neural Networks and Learning Systems",
        "29(7)",
        "3227-3235",
        doi="10.1109/TNNLS.2017.2726060",
        arxiv="1606.08165",
        used="the neuron of group G, its firing time and the derivatives: nlif-closed-form, nlif-gradient",
        called="Mostafa 2018",
    ),
    Reference(
        "ozaki2012",
        "article",
        (("Ozaki", "K."), ("Ogita", "T."), ("Oishi", "S."), ("Rump", "S. M.")),
        2012,
        "Error-free transformations of matrix multiplication by using fast routines of matrix multiplication "
        "and its applications",
        "Numerical Algorithms",
        "59(1)",
        "95-118",
        doi="10.1007/s11075-011-9478-1",
        used="exact Gram matrices from integer slices",
        called="Ozaki, Ogita, Oishi and Rump",
    ),
    Reference(
        "press2022",
        "inproceedings",
        (("Press", "O."), ("Smith", "N. A."), ("Lewis", "M.")),
        2022,
        "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation",
        "International Conference on Learning Representations",
        arxiv="2108.12409",
        used="the encoding ALiBi",
        called="Press, Smith and Lewis 2022",
    ),
    Reference(
        "su2021",
        "misc",
        (("Su", "J."), ("Lu", "Y."), ("Pan", "S."), ("Murtadha", "A."), ("Wen", "B."), ("Liu", "Y.")),
        2021,
        "RoFormer: Enhanced Transformer with Rotary Position Embedding",
        arxiv="2104.09864",
        used="rotary encodings: lemma-1-rotary (equation 16) and group F",
        called="Su et al. 2021",
    ),
    Reference(
        "vaswani2017",
        "inproceedings",
        (
            ("Vaswani", "A."),
            ("Shazeer", "N."),
            ("Parmar", "N."),
            ("Uszkoreit", "J."),
            ("Jones", "L."),
            ("Gomez", "A. N."),
            ("Kaiser", "L."),
            ("Polosukhin", "I."),
        ),
        2017,
        "Attention Is All You Need",
        "Advances in Neural Information Processing Systems 30",
        arxiv="1706.03762",
        used="sinusoidal encodings and dot-product attention, section 3.5",
        called="Vaswani et al. 2017",
    ),
    Reference(
        "wang2020",
        "inproceedings",
        (("Wang", "W."), ("Wei", "F."), ("Dong", "L."), ("Bao", "H."), ("Yang", "N."), ("Zhou", "M.")),
        2020,
        "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained Transformers",
        "Advances in Neural Information Processing Systems 33",
        arxiv="2002.10957",
        used="the trained positional table that is measured",
        called="Wang et al. 2020",
    ),
    Reference(
        "zhang2019",
        "inproceedings",
        (("Zhang", "B."), ("Sennrich", "R.")),
        2019,
        "Root Mean Square Layer Normalization",
        "Advances in Neural Information Processing Systems 32",
        arxiv="1910.07467",
        used="definition of RMSNorm in lemma-1-normalised",
        called="Zhang and Sennrich 2019",
    ),
)
