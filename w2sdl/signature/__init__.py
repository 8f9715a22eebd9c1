"""What the compiler knows of an operation or a variant: ports (edges) and parameters, as plain data.

Signatures are read off typed Python functions by the runtime's registry and handed to the compiler;
the compiler never imports an operation.
"""

from w2sdl.signature.operations import ANSWERS as ANSWERS
from w2sdl.signature.operations import BETTER as BETTER
from w2sdl.signature.operations import NETWORKS as NETWORKS
from w2sdl.signature.operations import Answering as Answering
from w2sdl.signature.operations import Chain as Chain
from w2sdl.signature.operations import Check as Check
from w2sdl.signature.operations import Made as Made
from w2sdl.signature.operations import Mismatch as Mismatch
from w2sdl.signature.operations import Network as Network
from w2sdl.signature.operations import OpSignature as OpSignature
from w2sdl.signature.operations import Plain as Plain
from w2sdl.signature.operations import Port as Port
from w2sdl.signature.operations import VariantSignature as VariantSignature
from w2sdl.signature.parameters import CHANGES as CHANGES
from w2sdl.signature.parameters import REQUIRED as REQUIRED
from w2sdl.signature.parameters import AxesOf as AxesOf
from w2sdl.signature.parameters import EitherOf as EitherOf
from w2sdl.signature.parameters import ListOf as ListOf
from w2sdl.signature.parameters import MapOf as MapOf
from w2sdl.signature.parameters import OptionalOf as OptionalOf
from w2sdl.signature.parameters import Param as Param
from w2sdl.signature.parameters import ParamType as ParamType
from w2sdl.signature.parameters import QuantityOf as QuantityOf
from w2sdl.signature.parameters import RecordOf as RecordOf
from w2sdl.signature.parameters import Required as Required
from w2sdl.signature.parameters import Scalar as Scalar
from w2sdl.signature.parameters import SeedOf as SeedOf
from w2sdl.signature.parameters import SourceOf as SourceOf
from w2sdl.signature.parameters import VariantOf as VariantOf
from w2sdl.signature.parameters import WordOf as WordOf
from w2sdl.signature.parameters import variant_family as variant_family
from w2sdl.signature.table import Signatures as Signatures
