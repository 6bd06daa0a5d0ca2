namespace Triptych.Columnar.Parquet.Thrift;

/// <summary>Element and field types of the Thrift compact protocol.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    I8 = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>The field a <see cref="ThriftReader"/> stands on; also remembers the last id, from which the next one counts.</summary>
internal struct ThriftField
{
    public short Id;
    public ThriftType Type;
}
