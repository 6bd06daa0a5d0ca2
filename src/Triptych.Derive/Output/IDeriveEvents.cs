namespace Triptych.Derive.Output;

/// <summary>What is told of derived metrics.</summary>
public interface IDeriveEvents
{
    /// <summary>Counts could not be written; they are written with the next ones.</summary>
    void NotWritten(string reason);

    /// <summary>Samples were refused by the store.</summary>
    void Refused(long samples, string reason);

    /// <summary>Writing failed in a way that was not expected; it is tried again at the next interval.</summary>
    void Failed(Exception exception);
}
