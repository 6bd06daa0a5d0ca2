namespace Triptych.Collect.Host;

/// <summary>
/// One part of the host's metrics. Reads its files and writes its families; an <see cref="IOException"/> or
/// <see cref="InvalidDataException"/> is its failure alone.
/// </summary>
public interface IHostCollector
{
    /// <summary>node exporter's name for it.</summary>
    string Name { get; }

    /// <summary>Reads and writes.</summary>
    void Collect(HostFiles files, HostWriter writer);
}
