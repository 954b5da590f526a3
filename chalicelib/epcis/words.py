"""The words of the Core Business Vocabulary: what is standard, and how each format spells it.

A word stands bare in our events (`shipping`), as the standard's JSON binding demands. XML spells it
as a URN (`urn:epcglobal:cbv:bizstep:shipping`) or as a web address (EPCIS 2.0, 10.2; CBV 2.0, 7).
"""

from dataclasses import dataclass

from chalicelib.epcis.model import DOCUMENT_TYPES


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One of CBV's vocabularies.

    Attributes:
        name: for people, such as "business step".
        words: all of them, bare.
        urns: what stands before a word in a URN; more than one where files in the field differ.
        local: what stands before a word in the local part of a web address; empty when CBV has
            neither URN nor address of its own for it.
    """

    name: str
    words: frozenset[str]
    urns: tuple[str, ...] = ()
    local: str = ""

    def bare(self, spelt: str) -> str | None:
        """Return the standard word that is spelt so, whatever the case; None when there is none.

        >>> BIZ_STEP.bare("urn:epcglobal:cbv:bizstep:Shipping")
        'shipping'
        """
        folded = spelt.strip().casefold()
        starts = (*self.urns, *(f"{web}{self.local}" for web in WEB if self.local))
        for start in starts:
            folded = folded.removeprefix(start.casefold())
        return _FOLDED.get(self.name, {}).get(folded)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WEB = ("https://ref.gs1.org/cbv/", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/", "cbv:")
"""Where CBV's words live on the web, or have lived in drafts of the standard."""

RESERVED = ("urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/")
"""Starts of URIs that no word of JSON may have: it has bare words for GS1's (EPCIS 2.0, 10.2)."""

RESERVED_ON_WEB = tuple(
    f"{scheme}://{host}/voc/" for scheme in ("http", "https") for host in ("gs1.org", "www.gs1.org")
)
"""The same for words of the GS1 Web Vocabulary."""

ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})
"""EPCIS 2.0, section 7.3.3."""

EVENT_TYPES = frozenset(
    {
        "ObjectEvent",
        "AggregationEvent",
        "TransactionEvent",
        "TransformationEvent",
        "AssociationEvent",
    }
)
"""EPCIS 2.0, section 7.4."""

STANDARD_PREFIXES = frozenset(
    {"cbv", "cbvmda", "dcterms", "epcis", "gs1", "owl", "rdf", "rdfs", "xsd"}
)
"""Prefixes that the standard's own context binds, so that an event need not."""

URI_SCHEMES = frozenset({"http", "https", "ni", "tag", "urn"})
"""What no prefix may be called: where it was bound, every such URI would mean another."""

BIZ_STEP = Vocabulary(
    "business step",
    _words(
        """
        accepting arriving assembling collecting commissioning consigning creating_class_instance
        cycle_counting decommissioning departing destroying disassembling dispensing encoding
        entering_exiting holding inspecting installing killing loading other packing picking
        receiving removing repackaging repairing replacing reserving retail_selling sampling
        sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
        unloading unpacking void_shipping
        """
    ),
    ("urn:epcglobal:cbv:bizstep:",),
    "BizStep-",
)
"""CBV 2.0, section 7.1: 41 words."""

DISPOSITION = Vocabulary(
    "disposition",
    _words(
        """
        active available completeness_inferred completeness_verified conformant container_closed
        container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
        inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement
        no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved
        retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown
        """
    ),
    (
        "urn:epcglobal:cbv:disp:",
        "urn:epcglobal:cbv:disposition:",
    ),
    "Disp-",
)
"""CBV 2.0, section 7.2: 33 words."""

BIZ_TRANSACTION = Vocabulary(
    "business transaction type",
    DOCUMENT_TYPES,
    ("urn:epcglobal:cbv:btt:",),
    "BTT-",
)
"""CBV 2.0, section 7.3: 13 words."""

SOURCE_DESTINATION = Vocabulary(
    "source or destination type",
    _words("location owning_party possessing_party"),
    ("urn:epcglobal:cbv:sdt:",),
    "SDT-",
)
"""CBV 2.0, section 7: 3 words."""

ERROR_REASON = Vocabulary(
    "error reason",
    _words("did_not_occur incorrect_data"),
    ("urn:epcglobal:cbv:er:",),
    "ER-",
)
"""CBV 2.0, section 7: 2 words."""

COMPONENT = Vocabulary(
    "component",
    _words(
        """
        altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
        polar_angle spherical_radius x y z
        """
    ),
    ("urn:epcglobal:cbv:comp:",),
    "Comp-",
)
"""CBV 2.0, section 7: parts of a value that has several, such as coordinates."""

MEASUREMENT = Vocabulary(
    "measurement type",
    _words(
        """
        AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
        AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity
        Area Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
        DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity
        ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
        KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity
        MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
        MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power
        Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity
        SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque
        Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
        """
    ),
    (),
    "",
)
"""Words of the GS1 Web Vocabulary for what a sensor measures (EPCIS 2.0, section 7.3.7)."""

ALERT = Vocabulary(
    "sensor alert type",
    _words("ALARM_CONDITION ERROR_CONDITION"),
    (),
    "",
)
"""What a sensor warns of (EPCIS 2.0, section 7.3.7)."""

_FOLDED = {
    vocabulary.name: {word.casefold(): word for word in vocabulary.words}
    for vocabulary in (
        BIZ_STEP,
        DISPOSITION,
        BIZ_TRANSACTION,
        SOURCE_DESTINATION,
        ERROR_REASON,
        COMPONENT,
        MEASUREMENT,
        ALERT,
    )
}
