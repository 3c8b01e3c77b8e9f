package convert

import "github.com/tranship/tranship/internal/convert/ledger"

// wordAnswered is why what AWS writes into its answers is not missed.
const wordAnswered = "AWS writes it into its answers; nobody sets it"

// taskFields are those of a task definition but for its containers and volumes.
var taskFields = []fields{
	{"", "family", ledger.Mapped, "app.kubernetes.io labels of the workload and its pods"},
	{"", "taskDefinitionArn revision status compatibilities registeredAt registeredBy deregisteredAt deleteRequestedAt", ledger.Dropped, wordAnswered},
	{"requiresAttributes[].", "name value targetId targetType", ledger.Dropped, wordAnswered},
	{"", "taskRoleArn", ledger.Mapped, "ServiceAccount; the role's trust has to be widened (tranship iam)"},
	{"", "executionRoleArn", ledger.Mapped, "split: nodes pull images and write logs, the secrets' operator reads secrets (tranship iam)"},
	{"", "networkMode", ledger.Mapped, "the pod's network, or hostNetwork; none is unsupported"},
	{"", "requiresCompatibilities", ledger.Dropped, "a check when ECS registers it; the service says where it runs"},
	{"", "cpu memory", ledger.Mapped, "shared out to the containers' requests and limits"},
	{"", "pidMode ipcMode", ledger.Mapped, "hostPID, shareProcessNamespace, hostIPC; a pod's containers share IPC anyway"},
	{"ephemeralStorage.", "sizeInGiB", ledger.Mapped, "requests and limits of ephemeral-storage"},
	{"runtimePlatform.", "cpuArchitecture operatingSystemFamily", ledger.Mapped, "nodeSelector kubernetes.io/arch and kubernetes.io/os, spec.os"},
	{"placementConstraints[].", "type expression", ledger.Mapped, "node affinity; asked where nodes have no label that says the same"},
	{"", "enableFaultInjection", ledger.Unsupported, "AWS FIS has pod actions of its own for EKS"},
	{"proxyConfiguration.", "type containerName properties[].name properties[].value", ledger.Unsupported, "App Mesh ended on 2026-09-30; another mesh puts in its own proxy"},
	{"inferenceAccelerators[].", "deviceName deviceType", ledger.Unsupported, "AWS ended Elastic Inference"},
	{"tags[].", "key value", ledger.Mapped, "annotations"},
}

// volumeFields are those of a task definition's volumes.
var volumeFields = fieldsBelow("volumes[].", []fields{
	{"", "name", ledger.Mapped, "volumes[].name"},
	{"host.", "sourcePath", ledger.Mapped, "hostPath; without it emptyDir"},
	{"", "configuredAtLaunch", ledger.Mapped, "an ephemeral volume, as the service's volumeConfigurations say"},
	{"dockerVolumeConfiguration.", "scope autoprovision driver", ledger.Mapped, "emptyDir for a task's own; asked for one that tasks share, or that a driver makes"},
	{"dockerVolumeConfiguration.", "driverOpts.*", ledger.NeedsDecision, "Docker's volume drivers don't exist on Kubernetes; a CSI driver takes their place"},
	{"dockerVolumeConfiguration.", "labels.*", ledger.Dropped, "for those who look at Docker"},
	{"efsVolumeConfiguration.", "fileSystemId rootDirectory authorizationConfig.accessPointId", ledger.Mapped, "PersistentVolume of the EFS CSI driver, volumeHandle"},
	{"efsVolumeConfiguration.", "transitEncryption", ledger.Mapped, "PersistentVolume, encryptInTransit"},
	{"efsVolumeConfiguration.", "transitEncryptionPort", ledger.Dropped, "the EFS CSI driver chooses a port itself"},
	{"efsVolumeConfiguration.", "authorizationConfig.iam", ledger.Approximated, "PersistentVolume, mount option iam; the driver's role counts, not the task's"},
	{"fsxWindowsFileServerVolumeConfiguration.", "fileSystemId rootDirectory authorizationConfig.credentialsParameter authorizationConfig.domain", ledger.NeedsDecision, "the SMB CSI driver needs the file system's DNS name and a secret of its own form"},
	{"s3filesVolumeConfiguration.", "fileSystemArn accessPointArn rootDirectory transitEncryptionPort", ledger.NeedsDecision, "a claim of the EFS CSI driver, from 3.0 on"},
})
