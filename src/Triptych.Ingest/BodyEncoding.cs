namespace Triptych.Ingest;

/// <summary>The two forms of an OTLP or push body.</summary>
public enum BodyEncoding
{
    /// <summary>Protocol buffers.</summary>
    Protobuf,

    /// <summary>JSON.</summary>
    Json,
}
