namespace Triptych.Model.Attributes;

/// <summary>The type of an attribute's value. The numbers stand in files and never change.</summary>
public enum AttributeKind : byte
{
    /// <summary>There is no such attribute.</summary>
    None = 0,

    /// <summary>UTF-8 text.</summary>
    String = 1,

    /// <summary>True or false.</summary>
    Bool = 2,

    /// <summary>A 64-bit integer.</summary>
    Int = 3,

    /// <summary>A 64-bit float.</summary>
    Double = 4,

    /// <summary>A list, kept as JSON text.</summary>
    Array = 5,

    /// <summary>A map, kept as JSON text.</summary>
    KeyValueList = 6,

    /// <summary>Bytes.</summary>
    Bytes = 7,
}
