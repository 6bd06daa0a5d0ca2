using Triptych.Storage.Disk;
using Triptych.Storage.ObjectStore;

namespace Triptych.Server.Hosting;

/// <summary>Where blocks lie: the folder <c>objects</c> of the data directory.</summary>
internal static class ObjectStoreOpening
{
    /// <summary>Opens it.</summary>
    public static LocalObjectStore Open(DataDirectory directory) => new(PhysicalDisk.Instance, Path.Combine(directory.Path, "objects"));
}
