namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>A place in a file of a Prometheus data directory that cannot be read.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Offset">Byte at which what cannot be read begins.</param>
/// <param name="Reason">What is wrong there.</param>
public sealed record TsdbDamage(string File, long Offset, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File} at byte {Offset}: {Reason}";
}

/// <summary>A file is damaged where nothing behind the damage can be read without it.</summary>
public sealed class TsdbDamageException(TsdbDamage damage) : IOException(damage.ToString())
{
    /// <summary>Damage at a place.</summary>
    public TsdbDamageException(string file, long offset, string reason)
        : this(new TsdbDamage(file, offset, reason))
    {
    }

    /// <summary>Where, and what.</summary>
    public TsdbDamage Damage { get; } = damage;
}
